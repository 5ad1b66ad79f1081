"""Every room's doors: the one list of routes, for apps and for browsers."""

from typing import Any

from whimbrel.accounts import api as accounts
from whimbrel.accounts import web as accounts_web
from whimbrel.admin import web as admin
from whimbrel.collections import api as collections
from whimbrel.discovery import api as discovery
from whimbrel.discovery import web as discovery_web
from whimbrel.exit import web as exit_web
from whimbrel.federation import api as federation
from whimbrel.federation import web as federation_web
from whimbrel.instance import api as instance
from whimbrel.instance import web as instance_web
from whimbrel.moderation import api as moderation
from whimbrel.moderation import web as moderation_web
from whimbrel.posts import api as posts
from whimbrel.posts import web as posts_web
from whimbrel.timelines import api as timelines
from whimbrel.timelines import web as timelines_web

from . import api, openapi, web

ROUTES: list[Any] = [
    *api.ROUTES,
    *openapi.ROUTES,
    *instance.ROUTES,
    *accounts.ROUTES,
    *posts.ROUTES,
    *timelines.ROUTES,
    *moderation.ROUTES,
    *discovery.ROUTES,
    *collections.ROUTES,
    *federation.ROUTES,
    *web.ROUTES,
    *instance_web.ROUTES,
    *accounts_web.ROUTES,
    *posts_web.ROUTES,
    *moderation_web.ROUTES,
    *discovery_web.ROUTES,
    *timelines_web.ROUTES,
    *federation_web.ROUTES,
    *exit_web.ROUTES,
    *admin.ROUTES,
]
