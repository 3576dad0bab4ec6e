namespace Orleans;

/// <summary>The key is a text.</summary>
public interface IGrainWithStringKey : IGrain;
