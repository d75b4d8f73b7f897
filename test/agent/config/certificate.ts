/**
 * A certificate of nobody's, signed by itself, for tests that need one in order. Its key is not
 * kept.
 */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBkDCCATWgAwIBAgIUHiXgTZYxaxVmcz8mhHBfwetWpu0wCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRc2VydmVyLmRjMS5jb25zdWwwIBcNMjYxMTIxMDIxODQyWhgP
MjEyNjEwMjgwMjE4NDJaMBwxGjAYBgNVBAMMEXNlcnZlci5kYzEuY29uc3VsMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3MKfx4FLbShCjXikxciPBoxuKO7DYhmt
sjU8FgYOKgCPczU//jANQkfkvMKJXejCQnu3a+iQGUUVU54lM22xm6NTMFEwHQYD
VR0OBBYEFLAraPC9RYg7M+uUMisdu4sFRgvVMB8GA1UdIwQYMBaAFLAraPC9RYg7
M+uUMisdu4sFRgvVMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIh
AIsvSmqgic7ktn04JC2TtiAI53F4ZAtW8x60GbShD6f2AiEAp6rOrGT0GplOAGlS
4WmrCdrIjnVrUzvWI+gSkJueR1M=
-----END CERTIFICATE-----
`;
