CREATE TABLE `oauth_documents` (
	`url` text PRIMARY KEY NOT NULL,
	`host` text NOT NULL,
	`name` text,
	`redirect_uris` text NOT NULL,
	`refreshes` integer NOT NULL,
	`fetched_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `oauth_documents_fetched` ON `oauth_documents` (`fetched_at`);--> statement-breakpoint
CREATE INDEX `oauth_documents_host` ON `oauth_documents` (`host`,`fetched_at`);--> statement-breakpoint
DROP INDEX `sign_in_links_email`;--> statement-breakpoint
ALTER TABLE `sign_in_links` ADD `inbox` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `sign_in_links` ADD `code_hash` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `sign_in_links` ADD `network` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `sign_in_links` ADD `known_browser` text;--> statement-breakpoint
ALTER TABLE `sign_in_links` ADD `is_counted` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `sign_in_links` ADD `tries` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sign_in_links` ADD `last_try` text;--> statement-breakpoint
CREATE INDEX `sign_in_links_inbox` ON `sign_in_links` (`inbox`,`created_at`);--> statement-breakpoint
CREATE INDEX `sign_in_links_browser` ON `sign_in_links` (`browser_hash`,`created_at`);--> statement-breakpoint
ALTER TABLE `api_keys` ADD `expires_at` integer;--> statement-breakpoint
ALTER TABLE `oauth_clients` ADD `network` text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX `oauth_clients_unused` ON `oauth_clients` (`network`,`created_at`) WHERE "oauth_clients"."last_used_at" is null;--> statement-breakpoint
ALTER TABLE `oauth_codes` ADD `used_with` text;--> statement-breakpoint
ALTER TABLE `oauth_codes` ADD `answered_at` integer;--> statement-breakpoint
ALTER TABLE `oauth_requests` ADD `used_with` text;--> statement-breakpoint
ALTER TABLE `oauth_requests` ADD `answer` text;--> statement-breakpoint
ALTER TABLE `oauth_requests` ADD `answered_at` integer;--> statement-breakpoint
ALTER TABLE `oauth_tokens` ADD `used_with` text;--> statement-breakpoint
ALTER TABLE `oauth_tokens` ADD `arrived_at` integer;