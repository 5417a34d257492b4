DROP INDEX `sign_in_links_email`;--> statement-breakpoint
ALTER TABLE `sign_in_links` ADD `mailbox` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `sign_in_links` ADD `code_hash` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `sign_in_links` ADD `network` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `sign_in_links` ADD `known_browser` text;--> statement-breakpoint
ALTER TABLE `sign_in_links` ADD `is_counted` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `sign_in_links` ADD `tries` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sign_in_links` ADD `last_try` text;--> statement-breakpoint
CREATE INDEX `sign_in_links_mailbox` ON `sign_in_links` (`mailbox`,`created_at`);--> statement-breakpoint
CREATE INDEX `sign_in_links_browser` ON `sign_in_links` (`browser_hash`,`created_at`);