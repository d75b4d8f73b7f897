# Many connections at once, from one process to another.
#
#     perl crowd.pl serve ADDRESS COUNT
#     perl crowd.pl call ADDRESS COUNT
#
# The server takes them in and keeps them. The caller says "connected" when it has them all, and
# counts those that are reset until that is all of them or nothing has come for a second.
use strict;
use warnings;
use IO::Socket::INET;
use IO::Poll qw(POLLIN POLLERR POLLHUP);
use Time::HiRes;

my ($role, $address, $count) = @ARGV;
my $port = 5433;
$| = 1;

if ($role eq "serve") {
    my $server = IO::Socket::INET->new(LocalPort => $port, Listen => 4096, ReuseAddr => 1) or die;
    print "listening\n";
    my @kept;
    push @kept, scalar $server->accept while @kept < $count;
    sleep 60;
}

my $poll = IO::Poll->new;
for (1 .. $count) {
    my $socket = IO::Socket::INET->new(PeerAddr => $address, PeerPort => $port) or die "$_: $!";
    $poll->mask($socket => POLLIN);
}
print "connected\n";
my $reset = 0;
my $isFirst = 1;
while ($reset < $count) {
    last unless $poll->poll($isFirst ? 10 : 1);
    $isFirst = 0;
    for my $socket ($poll->handles(POLLIN | POLLERR | POLLHUP)) {
        $reset += 1 if !defined sysread($socket, my $buffer, 1);
        $poll->remove($socket);
    }
}
print "reset $reset\n";
