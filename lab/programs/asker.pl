#!/usr/bin/perl
# Asks all the time who has an address, and prints who says that he has it.
#
#     perl lab/programs/asker.pl INTERFACE OWN_ADDRESS ADDRESS PERIOD_MS
#
# A broadcast ARP request every few milliseconds; every holder answers every one of them, so two
# holders are seen as two, whatever the neighbour entries of anybody say. One line per MAC and tenth of
# a second in which it answered, with the kernel's stamps (microseconds of the wall clock) of its first
# and last answer in it:
#
#     FIRST_US LAST_US MAC
#
# The host that asks should have no other part in a test: answers refresh its neighbour entry, which
# would hide a missing announcement.
use strict;
use warnings;
use Socket qw(inet_aton SOCK_RAW);

use constant {
    AF_PACKET    => 17,
    ETH_P_ARP    => 0x0806,
    SIOCGSTAMP   => 0x8906,
    SIOCGIFINDEX => 0x8933,
    SIOCGIFHWADDR => 0x8927,
    REPORT_EVERY_US => 100_000,
};

my ($interface, $own_address, $address, $period_ms) = @ARGV;
my ($own, $wanted) = (inet_aton($own_address), inet_aton($address));
$| = 1;

socket(my $socket, AF_PACKET, SOCK_RAW, unpack('S', pack('n', ETH_P_ARP))) or die "socket: $!\n";
my $request = pack('a16 x24', $interface);
ioctl($socket, SIOCGIFINDEX, $request) or die "$interface: $!\n";
my $index = unpack('x16 i', $request);
ioctl($socket, SIOCGIFHWADDR, $request) or die "$interface: $!\n";
my $mac = unpack('x18 a6', $request);
bind($socket, pack('S n i x12', AF_PACKET, ETH_P_ARP, $index)) or die "$interface: $!\n";
# The first question switches the stamping on; it has no answer yet.
ioctl($socket, SIOCGSTAMP, my $unused = pack('q2', 0, 0));

my $broadcast = "\xff" x 6;
my $question = pack('a6 a6 n n n C C n a6 a4 a6 a4',
    $broadcast, $mac, ETH_P_ARP, 1, 0x0800, 6, 4, 1, $mac, $own, "\0" x 6, $wanted);

sub stamp_us {
    my $stamp = pack('q2', 0, 0);
    ioctl($socket, SIOCGSTAMP, $stamp) or die "no time stamp: $!\n";
    my ($seconds, $micros) = unpack('q2', $stamp);
    return $seconds * 1_000_000 + $micros;
}

my (%first, %last);

sub report {
    my ($holder) = @_;
    print "$first{$holder} $last{$holder} $holder\n";
    delete $first{$holder};
}

sub take {
    my ($packet) = @_;
    return if length $packet < 42;
    my ($operation, $sender_mac, $sender) = unpack('x20 n a6 a4', $packet);
    return unless $operation == 2 && $sender eq $wanted;
    my $holder = join ':', unpack('(H2)6', $sender_mac);
    my $now = stamp_us();
    $first{$holder} //= $now;
    $last{$holder} = $now;
}

print STDERR "asking\n";
my $rounds = 0;
while (1) {
    # While the link is down nothing can be sent; that is no reason to end.
    send($socket, $question, 0);
    my $bits = '';
    vec($bits, fileno $socket, 1) = 1;
    my $left = $period_ms / 1_000;
    # `select` of Linux says how much of the time was left, so the period holds with answers too.
    while ($left > 0) {
        (my $count, $left) = select(my $ready = $bits, undef, undef, $left);
        last if $count <= 0;
        take($_) if defined recv($socket, $_, 2048, 0);
    }
    $rounds += 1;
    next if $rounds * $period_ms * 1_000 < REPORT_EVERY_US;
    $rounds = 0;
    report($_) for sort keys %first;
}
