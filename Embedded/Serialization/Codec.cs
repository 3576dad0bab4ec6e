namespace Cloud.Embedded.Serialization;

/// <summary>Encodes and decodes values of a type.</summary>
internal abstract class Codec
{
    /// <summary>Whether values hold nothing that could be shared, so that a copy is the value itself.</summary>
    public virtual bool IsTrivial => false;

    public abstract void WriteObject(CodecWriter writer, object value);

    public abstract object ReadObject(CodecReader reader);
}
