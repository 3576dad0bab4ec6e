namespace Orleans;

/// <summary>The key is an integer and a text.</summary>
public interface IGrainWithIntegerCompoundKey : IGrain;
