#!/usr/bin/perl
# Asks an address for an echo every 10 ms, and tells what it asked and what was answered:
#
#     perl bench/faults/echo.pl ADDRESS
#
#     asked 17
#     answered 17
#
# `ping` can do it too, but below 10 ms it spins, and at 10 ms it makes 16 on a kernel with 250 ticks
# a second. Nothing but what every Perl has is used, so there is no clock here: whoever reads the
# lines stamps them.
use strict;
use warnings;
use Socket qw(PF_INET SOCK_RAW inet_aton pack_sockaddr_in MSG_DONTWAIT);

use constant { ICMP => 1, REQUEST => 8, REPLY => 0, EVERY_S => 0.01 };

my ($address) = @ARGV;
my $identity = $$ & 0xffff;
socket(my $socket, PF_INET, SOCK_RAW, ICMP) or die "no ICMP socket: $!\n";
my $target = pack_sockaddr_in(0, inet_aton($address));
$| = 1;

sub checksum {
    my ($packet) = @_;
    my $sum = 0;
    $sum += $_ for unpack('n*', $packet);
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    return ~$sum & 0xffff;
}

sub request {
    my ($sequence) = @_;
    my $blank = pack('C C n n n', REQUEST, 0, 0, $identity, $sequence);
    return pack('C C n n n', REQUEST, 0, checksum($blank), $identity, $sequence);
}

# The number of the question that a packet answers, if it is one of ours.
sub answered {
    my ($packet) = @_;
    my $header = (ord($packet) & 0x0f) * 4;
    my ($type, undef, undef, $id, $sequence) = unpack("x$header C C n n n", $packet);
    return $type == REPLY && $id == $identity ? $sequence : undef;
}

for (my $sequence = 0; ; $sequence = ($sequence + 1) & 0xffff) {
    print "asked $sequence\n";
    # Nobody there to send it to is an outcome like any other.
    send($socket, request($sequence), MSG_DONTWAIT, $target);
    # Linux tells how much of the time is left when a packet came in between.
    for (my $left = EVERY_S; $left > 0;) {
        my $ready = '';
        vec($ready, fileno $socket, 1) = 1;
        (my $count, $left) = select($ready, undef, undef, $left);
        last if $count <= 0;
        recv($socket, my $packet, 2048, MSG_DONTWAIT) // next;
        my $number = answered($packet);
        print "answered $number\n" if defined $number;
    }
}
