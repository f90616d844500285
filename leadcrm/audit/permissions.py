"""The right to read the audit log. Accounts, which stands above, grants it to roles."""

SEE_AUDIT = "accounts.see_audit"
