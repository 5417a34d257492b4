ALTER TABLE `api_keys` ADD `expires_at` integer;--> statement-breakpoint
ALTER TABLE `oauth_codes` ADD `used_with` text;--> statement-breakpoint
ALTER TABLE `oauth_codes` ADD `answered_at` integer;--> statement-breakpoint
ALTER TABLE `oauth_requests` ADD `used_with` text;--> statement-breakpoint
ALTER TABLE `oauth_requests` ADD `answer` text;--> statement-breakpoint
ALTER TABLE `oauth_requests` ADD `answered_at` integer;--> statement-breakpoint
ALTER TABLE `oauth_tokens` ADD `used_with` text;--> statement-breakpoint
ALTER TABLE `oauth_tokens` ADD `arrived_at` integer;