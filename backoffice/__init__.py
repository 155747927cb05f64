"""Where the system is put together: settings, application, command line, jobs. No rules here."""
