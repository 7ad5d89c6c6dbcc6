-- The people of conformance/peer/prepare.py, as Django wrote them (PBKDF2_ITERATIONS=1000).
INSERT INTO auth_user (id, username, password, email, first_name, last_name, is_active, is_staff, is_superuser, date_joined) VALUES
(1, 'alice', 'pbkdf2_sha256$1000$uwxtsF3hmGCIaLlyqo0pO0$5HjfhRvDsSKojA2jqOyNqkcgcbs/46zBkVzfCEqWfJk=', 'alice@example.com', 'Alice', 'Liddell', 1, 0, 0, '2026-11-22 03:52:00'),
(2, 'ida', 'pbkdf2_sha256$1000$UVyawQQ77tYXvOT62hpWor$lpQnydegU5rkzr26Xg1ZHJTn9jRLVTwm+dcrL5VBtGo=', 'ida@example.com', 'Ida', '', 0, 0, 0, '2026-11-22 03:52:00'),
(3, 'root', 'pbkdf2_sha256$1000$xr7im8hDAlNVbXvCiLYohh$8hNqAqsDOniI4XNnYXCfUMwFGt6+Ncd7xZSb+RmG5hk=', 'root@example.com', '', '', 1, 1, 1, '2026-11-22 03:52:00'),
(4, 'bob', 'pbkdf2_sha256$1000$xnIWLYctx6rHf02WKFcGkf$j78fwZOzf4xHjmA6DVRQOO+IquUb+XIFGnWIuzvnlkE=', 'bob@example.com', '', '', 1, 0, 0, '2026-11-22 03:52:00'),
(5, 'carol', 'pbkdf2_sha256$1000$T7566aXDfNVESyJ1CDtglX$zssz99h1n0p6EjCCMGP7cvWA7zMrnDm/HZ419AbN+uQ=', 'carol@example.com', '', '', 1, 0, 0, '2026-11-22 03:52:00'),
(6, 'zoë', 'pbkdf2_sha256$1000$noRgUZmiQg1E6RQsOfC77Z$KUWbAVzT+Q9FxeEWXo3mXsJuqti1Q6hxuUjKKbHhK2w=', 'zoe@example.com', 'Zoë', '', 1, 0, 0, '2026-11-22 03:52:00'),
(7, 'spacey', 'pbkdf2_sha256$1000$ZLoFHQwjN0LIOrjxDHOdpi$BaDlHDqg2cXnUW6VfuRQMn8E7Vna2oCoPJX0t3XMA6E=', '', '', '', 1, 0, 0, '2026-11-22 03:52:00'),
(8, 'nopass', '!gCvlyYjPuyjz0uid8BzeSAjETx2BB4LFJxyIn8Oa', '', '', '', 1, 0, 0, '2026-11-22 03:52:00');
