"""Every dialect on one project, at the paths that its guides use."""
from django.apps import apps
from django.contrib import admin
from django.urls import include, path
from rest_framework.authentication import SessionAuthentication
from rest_framework.routers import SimpleRouter
from rest_framework_jwt import views as jv
from rest_framework_jwt.authentication import JSONWebTokenAuthentication
from rest_framework_simplejwt import views as sv
from rest_framework_simplejwt.authentication import JWTAuthentication, JWTStatelessUserAuthentication

from handmade import views as hv
from .views import HelloView, WhoView

J, S = (JSONWebTokenAuthentication,), (JWTAuthentication,)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api-auth/", include("rest_framework.urls")),
    # dialect 1: drf-jwt
    path("api-token-auth/", jv.obtain_jwt_token),
    path("api-token-refresh/", jv.refresh_jwt_token),
    path("api-token-verify/", jv.verify_jwt_token),
    path("impersonate/", jv.ImpersonateJSONWebTokenView.as_view(authentication_classes=J)),
    path("api/endpoint/", WhoView.as_view(authentication_classes=J)),
    path("api/protected-endpoint/", WhoView.as_view(authentication_classes=J)),
    # dialect 2: simplejwt
    path("api/token/", sv.TokenObtainPairView.as_view(), name="token_obtain_pair"),
    path("api/token/refresh/", sv.TokenRefreshView.as_view(), name="token_refresh"),
    path("api/token/verify/", sv.TokenVerifyView.as_view(), name="token_verify"),
    path("api/token/blacklist/", sv.TokenBlacklistView.as_view(), name="token_blacklist"),
    path("api/token/sliding/", sv.TokenObtainSlidingView.as_view()),
    path("api/token/sliding/refresh/", sv.TokenRefreshSlidingView.as_view()),
    path("hello/", HelloView.as_view(authentication_classes=S), name="hello"),
    path("who/", WhoView.as_view(authentication_classes=S)),
    path("who-stateless/", WhoView.as_view(authentication_classes=(JWTStatelessUserAuthentication,))),
    path("hello-both/", HelloView.as_view(authentication_classes=(JWTAuthentication, SessionAuthentication))),
    # dialect 3: hand-made
    path("accounts/login", hv.login),
    path("accounts/refresh_token", hv.refresh),
    path("accounts/user", hv.UserView.as_view()),
]

if apps.is_installed("rest_framework_jwt.blacklist"):
    from rest_framework_jwt.blacklist.permissions import IsNotBlacklisted
    from rest_framework_jwt.blacklist.views import BlacklistView

    class Blacklist(BlacklistView):
        authentication_classes = J

    router = SimpleRouter()
    router.register("blacklist", Blacklist, "blacklist")
    urlpatterns += router.urls
    urlpatterns.append(path("api/not-blacklisted/", WhoView.as_view(
        authentication_classes=J, permission_classes=(IsNotBlacklisted,))))
