namespace GraphPartition.Partitioning.Boundaries;

/// <summary>A priority queue for small integer keys that never fall below the last one taken (R. B. Dial, 1969).</summary>
internal sealed class BucketQueue
{
    private readonly List<(int Item, int Next)> _entries = [];
    private readonly List<int> _heads = [];
    private int _key;

    public void Clear()
    {
        _entries.Clear();
        _heads.Clear();
        _key = 0;
    }

    public void Push(int key, int item)
    {
        while (_heads.Count <= key) _heads.Add(-1);
        _entries.Add((item, _heads[key]));
        _heads[key] = _entries.Count - 1;
    }

    public bool TryPop(out int key, out int item)
    {
        for (; _key < _heads.Count; _key++)
        {
            int head = _heads[_key];
            if (head >= 0)
            {
                key = _key;
                (item, _heads[_key]) = _entries[head];
                return true;
            }
        }
        key = item = -1;
        return false;
    }
}
