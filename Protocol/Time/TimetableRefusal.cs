namespace Cloud.Protocol.Time;

/// <summary>One reason why timing settings are impossible.</summary>
/// <param name="Rule">The rule that is broken.</param>
/// <param name="Option">The setting to change, as a property name of <see cref="ConsensusTiming"/> or <see cref="LocalBudgets"/>.</param>
/// <param name="Message">What the values are, what the rule allows, for the operator.</param>
public sealed record TimetableRefusal(TimetableRule Rule, string Option, string Message);
