"""REST: what admins do with people."""

from litestar import Router

from gateway.accounts.caller import Callers
from gateway.accounts.guards import own_pages_only
from gateway.admin.invitation_routes import invitation_routes
from gateway.admin.people_routes import people_routes
from gateway.background import Chores
from gateway.mail.mailer import Mailer
from gateway.requests import PublicUrls
from gateway.settings import Settings


def admin_routes(
    settings: Settings, callers: Callers, chores: Chores, mailer: Mailer, urls: PublicUrls
) -> Router:
    handlers = [*people_routes(callers), *invitation_routes(settings, callers, chores, mailer, urls)]
    return Router(path="/api/admin", route_handlers=handlers, guards=[own_pages_only])
