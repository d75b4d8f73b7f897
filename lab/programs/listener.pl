#!/usr/bin/perl
# Prints every packet that tells an interface's neighbours at which MAC one of some addresses is.
#
#     perl lab/programs/listener.pl INTERFACE ADDRESS ...
#
# That is: ARP whose sender is the address, and neighbour advertisements whose target it is, one
# line each, with the kernel's own time stamp (microseconds of the wall clock):
#
#     TIME_US MAC_FROM MAC_TO request|reply|advertisement ADDRESS TARGET
#
# Why not tcpdump: started as root it changes its user and groups, which fails in a user namespace
# that has one user only, so an ordinary user could not run the lab. Why Perl: Node has no packet
# sockets, and Perl is an essential package of Debian.
use strict;
use warnings;
use Socket qw(inet_pton inet_ntop AF_INET AF_INET6 SOCK_RAW);

use constant {
    AF_PACKET     => 17,
    ETH_P_ARP     => 0x0806,
    ETH_P_IPV6    => 0x86dd,
    SIOCGSTAMP    => 0x8906,
    SIOCGIFINDEX  => 0x8933,
    ICMPV6        => 58,
    ADVERTISEMENT => 136,
};

my ($interface, @addresses) = @ARGV;
my %wanted = map { inet_pton(/:/ ? AF_INET6 : AF_INET, $_) => $_ } @addresses;
$| = 1;

# A socket for one protocol hears what comes in, not what this host sends.
sub listen_for {
    my ($protocol) = @_;
    socket(my $socket, AF_PACKET, SOCK_RAW, unpack('S', pack('n', $protocol)))
        or die "no packet socket: $!\n";
    my $request = pack('a16 x24', $interface);
    ioctl($socket, SIOCGIFINDEX, $request) or die "$interface: $!\n";
    my $index = unpack('x16 i', $request);
    bind($socket, pack('S n i x12', AF_PACKET, $protocol, $index)) or die "$interface: $!\n";
    # The first question switches the stamping on; it has no answer yet.
    ioctl($socket, SIOCGSTAMP, my $unused = pack('q2', 0, 0));
    return $socket;
}

sub stamp_us {
    my ($socket) = @_;
    my $stamp = pack('q2', 0, 0);
    ioctl($socket, SIOCGSTAMP, $stamp) or die "no time stamp: $!\n";
    my ($seconds, $micros) = unpack('q2', $stamp);
    return $seconds * 1_000_000 + $micros;
}

# Form, address and target of a packet that says where an address is; nothing for any other.
sub parse_arp {
    my ($packet) = @_;
    return if length $packet < 42;
    my ($operation, $sender, $target) = unpack('x20 n x6 a4 x6 a4', $packet);
    my $form = $operation == 1 ? 'request' : 'reply';
    return ($form, $sender, inet_ntop(AF_INET, $target));
}

sub parse_ipv6 {
    my ($packet) = @_;
    return if length $packet < 78;
    my ($next, $type, $target) = unpack('x20 C x33 C x7 a16', $packet);
    return if $next != ICMPV6 || $type != ADVERTISEMENT;
    return ('advertisement', $target, inet_ntop(AF_INET6, $target));
}

sub mac { return join ':', unpack('(H2)6', $_[0]) }

my @ears = ([listen_for(ETH_P_ARP), \&parse_arp], [listen_for(ETH_P_IPV6), \&parse_ipv6]);
print STDERR "listening\n";

while (1) {
    my $bits = '';
    vec($bits, fileno $_->[0], 1) = 1 for @ears;
    select(my $ready = $bits, undef, undef, undef);
    for my $ear (@ears) {
        my ($socket, $parse) = @$ear;
        next unless vec($ready, fileno $socket, 1);
        recv($socket, my $packet, 2048, 0) // next;
        my ($form, $address, $target) = $parse->($packet) or next;
        next unless exists $wanted{$address};
        my @macs = (mac(substr $packet, 6, 6), mac(substr $packet, 0, 6));
        print join(' ', stamp_us($socket), @macs, $form, $wanted{$address}, $target), "\n";
    }
}
