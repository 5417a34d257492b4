CREATE TABLE `usage` (
	`owner` text NOT NULL,
	`hour` integer NOT NULL,
	`credential` text NOT NULL,
	`route` text NOT NULL,
	`status` text NOT NULL,
	`requests` integer NOT NULL,
	PRIMARY KEY(`owner`, `hour`, `credential`, `route`, `status`)
);
--> statement-breakpoint
CREATE INDEX `usage_hour` ON `usage` (`hour`);--> statement-breakpoint
CREATE TABLE `usage_flushes` (
	`owner` text PRIMARY KEY NOT NULL,
	`flush` integer NOT NULL
);
