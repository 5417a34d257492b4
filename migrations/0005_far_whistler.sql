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
ALTER TABLE `oauth_clients` ADD `network` text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX `oauth_clients_unused` ON `oauth_clients` (`network`,`created_at`) WHERE "oauth_clients"."last_used_at" is null;