using System.Globalization;

namespace GraphPartition.TensorRt.Abi;

/// <summary>
/// Cheap proofs, on the first object of each class, that the tables fit the library: every function that would be called lies in
/// executable memory of the file that holds the object's virtual table, or of one beside it. A slot past a table's end, or a
/// table of another layout, meets data, a null or another library there.
/// </summary>
internal sealed class SelfCheck
{
    private readonly HashSet<string> _checked = [];
    private readonly Lock _lock = new();

    /// <summary>What is wrong with an object, or null. Each class is looked at once per library.</summary>
    /// <param name="family">The tables.</param>
    /// <param name="type">The class, as in the prefix of <see cref="Member"/>.</param>
    /// <param name="pointer">The object that TensorRT gave us.</param>
    /// <param name="isHidden">Whether the members are those of the implementation behind the object; see <see cref="Target"/>.</param>
    public unsafe string? Look(Family family, string type, nint pointer, bool isHidden)
    {
        lock (_lock)
        {
            if (!_checked.Add(type))
            {
                return null;
            }
        }

        // What a function returned that is not the one we meant may be no pointer at all: nothing is read before it is known to be memory.
        var map = Regions();
        nint target = isHidden && IsMemory(map, pointer) && IsMemory(map, pointer + sizeof(nint)) ? *(nint*)(pointer + sizeof(nint)) : pointer;
        nint* table = IsMemory(map, target) ? *(nint**)target : null;
        string file = map.FirstOrDefault(r => r.Holds((nint)table)).File ?? "";
        if (file.Length == 0)
        {
            return $"what should be a {type} has no virtual table";
        }

        string? folder = Path.GetDirectoryName(file);
        foreach (Member member in Enum.GetValues<Member>().Where(m => m.ToString().StartsWith(type + "_", StringComparison.Ordinal) && family.Has(m)))
        {
            nint slot = (nint)(table + family.Slot(member));
            nint function = IsMemory(map, slot) ? *(nint*)slot : 0;
            if (!map.Any(r => r.IsExecutable && Path.GetDirectoryName(r.File) == folder && r.Holds(function)))
            {
                return $"slot {family.Slot(member)} ({member}) holds {function:x}, which is no code of {file} or its neighbours";
            }
        }

        return null;
    }

    private static bool IsMemory(List<Region> map, nint address) => address % sizeof(long) == 0 && map.Any(r => r.Holds(address));

    /// <summary>The readable memory of this process; see proc_pid_maps(5).</summary>
    private static List<Region> Regions()
    {
        List<Region> regions = [];
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] words = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words is [var range, ['r', ..] rights, _, _, _, ..])
            {
                string[] ends = range.Split('-');
                string file = words.Length > 5 && words[5].StartsWith('/') ? words[5] : "";
                regions.Add(new Region(Hex(ends[0]), Hex(ends[1]), rights.Contains('x'), file));
            }
        }

        return regions;
    }

    private static ulong Hex(string digits) => ulong.Parse(digits, NumberStyles.HexNumber);

    private readonly record struct Region(ulong Start, ulong End, bool IsExecutable, string File)
    {
        public bool Holds(nint address) => Start <= (ulong)address && (ulong)address < End;
    }
}
