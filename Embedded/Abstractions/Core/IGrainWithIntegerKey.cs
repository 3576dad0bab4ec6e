namespace Orleans;

/// <summary>The key is an integer.</summary>
public interface IGrainWithIntegerKey : IGrain;
