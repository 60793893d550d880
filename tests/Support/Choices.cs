namespace GraphPartition.TestSupport;

/// <summary>
/// Decisions read off a list of bytes, all 0 behind its end. FsCheck shrinks the list, so a counterexample shrinks with it.
/// </summary>
public sealed class Choices(byte[] bytes)
{
    private int _at;

    public bool AtEnd => _at >= bytes.Length;

    public byte Next() => AtEnd ? (byte)0 : bytes[_at++];

    public int Below(int count) => count <= 0 ? 0 : Next() % count;

    public bool OneIn(int count) => Below(count) == count - 1;

    public T Of<T>(IReadOnlyList<T> items) => items[Below(items.Count)];
}
