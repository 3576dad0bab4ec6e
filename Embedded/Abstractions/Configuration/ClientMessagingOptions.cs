namespace Orleans.Configuration;

/// <summary>Options of messaging in a client.</summary>
public class ClientMessagingOptions : MessagingOptions;
