namespace Cloud.Load;

/// <param name="Stop">Command of the shell that ends the database's server.</param>
/// <param name="Start">Command of the shell that starts it again, and ends when it answers.</param>
/// <param name="Duration">Time between the two.</param>
internal sealed record DatabaseOutage(string Stop, string Start, TimeSpan Duration);
