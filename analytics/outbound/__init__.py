"""What leaves by itself: events to webhooks, reports by a timetable; kept in the database until it has arrived."""
