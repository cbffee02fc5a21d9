"""REST: everything about one's own account, below one path."""

from litestar import Router

from gateway.accounts.access_tokens import AccessTokens
from gateway.accounts.api_token_routes import api_token_routes
from gateway.accounts.caller import Callers
from gateway.accounts.guards import own_pages_only
from gateway.accounts.passwords import Passwords
from gateway.accounts.session_routes import session_routes
from gateway.accounts.sign_in import SignIn
from gateway.accounts.sign_in_routes import PATH, sign_in_routes
from gateway.settings import Settings


def account_routes(settings: Settings, access_tokens: AccessTokens, callers: Callers) -> Router:
    sign_in = SignIn(settings, access_tokens, Passwords())
    handlers = [
        *sign_in_routes(settings, sign_in, callers),
        *session_routes(callers),
        *api_token_routes(settings, callers),
    ]
    return Router(path=PATH, route_handlers=handlers, guards=[own_pages_only])
