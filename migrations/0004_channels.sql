ALTER TABLE `ledger_entries` ADD `channel_id` text;--> statement-breakpoint
CREATE INDEX `ledger_entries_channel` ON `ledger_entries` (`channel_id`);