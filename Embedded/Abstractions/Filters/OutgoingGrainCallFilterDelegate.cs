namespace Orleans;

/// <summary>An <see cref="IOutgoingGrainCallFilter"/> as a delegate.</summary>
/// <param name="context">The call.</param>
/// <returns>The work.</returns>
public delegate Task OutgoingGrainCallFilterDelegate(IOutgoingGrainCallContext context);
