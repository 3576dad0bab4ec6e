namespace Orleans;

/// <summary>An <see cref="IIncomingGrainCallFilter"/> as a delegate.</summary>
/// <param name="context">The call.</param>
/// <returns>The work.</returns>
public delegate Task IncomingGrainCallFilterDelegate(IIncomingGrainCallContext context);
