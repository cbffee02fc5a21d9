"""REST: everything about one's own account, below one path."""

from litestar import Router

from gateway.accounts.access_tokens import AccessTokens
from gateway.accounts.api_token_routes import api_token_routes
from gateway.accounts.caller import Callers
from gateway.accounts.guards import own_pages_only
from gateway.accounts.own_account_routes import own_account_routes
from gateway.accounts.password_change import PasswordChange
from gateway.accounts.password_routes import password_routes
from gateway.accounts.passwords import Passwords
from gateway.accounts.session_routes import session_routes
from gateway.accounts.sign_in import SignIn
from gateway.accounts.sign_in_routes import PATH, sign_in_routes
from gateway.background import Chores
from gateway.limits import Limits
from gateway.mail.mailer import Mailer
from gateway.outbox.delivery import Delivery
from gateway.requests import PublicUrls
from gateway.settings import Settings


def account_routes(
    settings: Settings,
    access_tokens: AccessTokens,
    callers: Callers,
    chores: Chores,
    mailer: Mailer,
    urls: PublicUrls,
    delivery: Delivery,
    limits: Limits,
) -> Router:
    passwords = Passwords(settings.password_memory_bytes)
    sign_in = SignIn(settings, access_tokens, passwords)
    password_change = PasswordChange(passwords, chores, mailer, urls)
    handlers = [
        *sign_in_routes(settings, sign_in, limits),
        *session_routes(callers),
        *password_routes(password_change, callers, limits),
        *api_token_routes(settings, callers),
        *own_account_routes(settings, callers, password_change, delivery, limits),
    ]
    return Router(path=PATH, route_handlers=handlers, guards=[own_pages_only])
