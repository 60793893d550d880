using System.Runtime.CompilerServices;

namespace GraphPartition.Ir.Graphs;

/// <summary>
/// A sparse array for indexes that come in long runs. A page is allocated when it is first written; a directory holds the pages
/// from the lowest to the highest. Elements that were never written are <c>default</c>.
/// </summary>
internal sealed class PageTable<T>
{
    private const int PageBits = 6, PageSize = 1 << PageBits;

    private T[]?[] _pages = [];
    private long _first; // the number of the page at the directory's start

    /// <summary>The element at an index.</summary>
    public T? this[long at]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            long page = (at >> PageBits) - _first;
            return (ulong)page < (ulong)_pages.Length && _pages[page] is { } found ? found[at & (PageSize - 1)] : default;
        }
    }

    /// <summary>A reference to the element at an index, for writing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T Place(long at)
    {
        long page = (at >> PageBits) - _first;
        if ((ulong)page < (ulong)_pages.Length && _pages[page] is { } found) return ref found[at & (PageSize - 1)];
        return ref New(at >> PageBits)[at & (PageSize - 1)];
    }

    private T[] New(long page)
    {
        if (_pages.Length == 0) (_first, _pages) = (page, new T[]?[1]);
        long low = Math.Min(page, _first), high = Math.Max(page + 1, _first + _pages.Length), spare = high - low;
        if (spare > _pages.Length)
        {
            long first = page < _first ? low - spare / 2 : low; // grows toward the new page
            var wider = new T[]?[page < _first ? high - first : spare + spare / 2];
            _pages.CopyTo(wider, _first - first);
            (_first, _pages) = (first, wider);
        }
        return _pages[page - _first] ??= new T[PageSize];
    }
}
