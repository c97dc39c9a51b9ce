# Accounts and groups of a small help desk in a new Request Tracker database:
# the bridge's service account with the rights that it needs, a queue's worth of
# agents' rights, and the three role groups. Prints the tokens as NAME=VALUE.
use strict;
use warnings;
use lib '/usr/local/share/request-tracker5/lib', '/usr/share/request-tracker5/lib';
use RT;
RT->LoadConfig;
RT->Init;
require RT::AuthToken;

my $system = RT->SystemUser;

sub done {
    my ($what, $ok, $message) = @_;
    die "$what: " . ($message // 'failed') . "\n" if !$ok;
}

sub grant {
    my ($to, @rights) = @_;
    done("grant $_", $to->GrantRight(Right => $_, Object => RT->System)) for @rights;
}

sub group {
    my ($name, $description, @rights) = @_;
    my $group = RT::Group->new($system);
    done("group $name", $group->CreateUserDefinedGroup(Name => $name, Description => $description));
    grant($group->PrincipalObj, @rights);
}

sub token {
    my ($owner) = @_;
    my ($ok, $message, $text) = RT::AuthToken->new($system)->Create(Owner => $owner->id, Description => 'tests');
    done('token', $ok, $message);
    return $text;
}

group('Admins', 'Administrators', 'SuperUser');
group('Agents', 'Work on tickets', qw(SeeQueue ShowTicket CreateTicket OwnTicket TakeTicket ModifyTicket ReplyToTicket));
group('Viewers', 'Read tickets', qw(SeeQueue ShowTicket));

my $bridge = RT::User->new($system);
done('service account', $bridge->Create(Name => 'scim-bridge', RealName => 'SCIM bridge',
    EmailAddress => 'scim-bridge@rt.example', Privileged => 1));
grant($bridge->PrincipalObj, qw(AdminUsers AdminGroup AdminGroupMembership SeeGroup ModifyGroupLinks
    ShowUserHistory SeeQueue ShowTicket ModifyTicket ReassignTicket));

my $root = RT::User->new($system);
done('root', $root->Load('root'));
printf "RT_ROOT_TOKEN=%s\nRT_BRIDGE_TOKEN=%s\n", token($root), token($bridge);
