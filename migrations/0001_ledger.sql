CREATE TABLE `ledger_entries` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`event_id` text NOT NULL,
	`kind` text NOT NULL,
	`account` text NOT NULL,
	`amount` integer NOT NULL,
	`currency` text NOT NULL,
	`challenge_id` text NOT NULL,
	`row` text NOT NULL,
	`payer` text NOT NULL,
	`mode` text NOT NULL,
	`transaction` text,
	`request_id` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `ledger_entries_event` ON `ledger_entries` (`event_id`,`account`);--> statement-breakpoint
CREATE INDEX `ledger_entries_challenge` ON `ledger_entries` (`challenge_id`);--> statement-breakpoint
CREATE INDEX `ledger_entries_transaction` ON `ledger_entries` (`transaction`);