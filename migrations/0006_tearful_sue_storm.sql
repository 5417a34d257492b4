CREATE TABLE `ledger_channels` (
	`channel_id` text NOT NULL,
	`currency` text NOT NULL,
	`challenge_id` text NOT NULL,
	`payer` text NOT NULL,
	`deposit` integer NOT NULL,
	`voucher` integer NOT NULL,
	`spend` integer NOT NULL,
	`capture` integer NOT NULL,
	`lapse` integer NOT NULL,
	`forfeit` integer NOT NULL,
	`refund` integer NOT NULL,
	`first_id` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`channel_id`, `currency`)
);
--> statement-breakpoint
CREATE TABLE `ledger_marks` (
	`name` text PRIMARY KEY NOT NULL,
	`value` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `ledger_open` (
	`what` text NOT NULL,
	`currency` text NOT NULL,
	`id` text NOT NULL,
	`amount` integer NOT NULL,
	`challenge_id` text NOT NULL,
	`row` text NOT NULL,
	`payer` text NOT NULL,
	`mode` text NOT NULL,
	`kind` text NOT NULL,
	`transaction` text,
	`at` integer NOT NULL,
	PRIMARY KEY(`what`, `currency`, `id`)
);
--> statement-breakpoint
CREATE INDEX `ledger_open_amount` ON `ledger_open` (`amount`);--> statement-breakpoint
CREATE TABLE `ledger_sums` (
	`day` integer NOT NULL,
	`currency` text NOT NULL,
	`by` text NOT NULL,
	`name` text NOT NULL,
	`billions` integer NOT NULL,
	`units` integer NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`by`, `day`, `currency`, `name`)
);
--> statement-breakpoint
DROP INDEX `ledger_entries_transaction`;--> statement-breakpoint
CREATE INDEX `ledger_entries_payer` ON `ledger_entries` (lower("payer"));--> statement-breakpoint
CREATE INDEX `ledger_entries_request` ON `ledger_entries` (`request_id`);--> statement-breakpoint
CREATE INDEX `ledger_entries_at` ON `ledger_entries` (`at`);--> statement-breakpoint
CREATE INDEX `ledger_entries_transaction` ON `ledger_entries` (lower("transaction"));