namespace Orleans;

/// <summary>The key is a GUID and a text.</summary>
public interface IGrainWithGuidCompoundKey : IGrain;
