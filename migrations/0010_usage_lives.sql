CREATE TABLE `__new_usage_flushes` (
	`owner` text NOT NULL,
	`life` text DEFAULT '' NOT NULL,
	`flush` integer NOT NULL,
	PRIMARY KEY(`owner`, `life`)
);
--> statement-breakpoint
INSERT INTO `__new_usage_flushes`("owner", "flush") SELECT "owner", "flush" FROM `usage_flushes`;--> statement-breakpoint
DROP TABLE `usage_flushes`;--> statement-breakpoint
ALTER TABLE `__new_usage_flushes` RENAME TO `usage_flushes`;
