"""The operations of `/v2`, one file a resource; being in the folder is being routed."""
