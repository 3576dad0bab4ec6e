namespace Orleans;

/// <summary>The key is a GUID.</summary>
public interface IGrainWithGuidKey : IGrain;
