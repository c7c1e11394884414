"""Job queues on Redis, compatible with BullMQ."""
