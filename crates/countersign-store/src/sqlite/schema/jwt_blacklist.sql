-- The table of drf-jwt's blacklist app, exactly as the migrations of drf-jwt 1.19 make it.
CREATE TABLE "blacklist_blacklistedtoken" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "token" text NULL, "expires_at" datetime NOT NULL, "blacklisted_at" datetime NOT NULL, "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED, "token_id" char(32) NULL, CONSTRAINT "token_or_id_not_null" CHECK (("token_id" IS NOT NULL OR "token" IS NOT NULL)));
CREATE INDEX "blacklist_blacklistedtoken_token_acbfdd7e" ON "blacklist_blacklistedtoken" ("token");
CREATE INDEX "blacklist_blacklistedtoken_expires_at_8ffda1c1" ON "blacklist_blacklistedtoken" ("expires_at");
CREATE INDEX "blacklist_blacklistedtoken_user_id_e4068fb1" ON "blacklist_blacklistedtoken" ("user_id");
CREATE INDEX "blacklist_blacklistedtoken_token_id_aee3ed90" ON "blacklist_blacklistedtoken" ("token_id");
