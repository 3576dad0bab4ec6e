namespace Cloud.Embedded.Runtime;

/// <summary>Requests that wait, oldest first, with cheap removal at the front.</summary>
internal sealed class Mailbox
{
    private (GrainCall Call, bool Interleaving)[] _items = [];
    private int _start;

    public int Count { get; private set; }

    /// <summary>How many of them might run although another request runs. If none, only the first is worth a look.</summary>
    public int Interleaving { get; private set; }

    public GrainCall this[int index] => Slot(index).Call;

    public void Add(GrainCall call, bool interleaving)
    {
        if (Count == _items.Length)
        {
            (GrainCall, bool)[] larger = new (GrainCall, bool)[Math.Max(4, Count * 2)];
            for (int i = 0; i < Count; i++)
            {
                larger[i] = Slot(i);
            }

            _items = larger;
            _start = 0;
        }

        Count++;
        Slot(Count - 1) = (call, interleaving);
        Interleaving += interleaving ? 1 : 0;
    }

    public void RemoveAt(int index)
    {
        Interleaving -= Slot(index).Interleaving ? 1 : 0;
        for (int i = index; i > 0; i--)
        {
            Slot(i) = Slot(i - 1);
        }

        Slot(0) = default;
        _start = (_start + 1) % _items.Length;
        Count--;
    }

    private ref (GrainCall Call, bool Interleaving) Slot(int index) => ref _items[(_start + index) % _items.Length];
}
