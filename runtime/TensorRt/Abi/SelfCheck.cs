using System.Globalization;

namespace GraphPartition.TensorRt.Abi;

/// <summary>
/// Cheap proofs, on the first object of each class, that the tables fit the library: every function that would be called lies in
/// executable memory of the file that holds the object's virtual table. A slot past a table's end, or a table of another
/// layout, meets data, a null or another library there.
/// </summary>
internal sealed class SelfCheck
{
    private readonly HashSet<string> _checked = [];
    private readonly Lock _lock = new();

    /// <summary>What is wrong with the object's virtual table, or null. Each class is looked at once per library.</summary>
    /// <param name="family">The tables.</param>
    /// <param name="type">The class, as in the prefix of <see cref="Member"/>.</param>
    /// <param name="target">The object that holds the virtual table.</param>
    public unsafe string? Look(Family family, string type, Target target)
    {
        lock (_lock)
        {
            if (!_checked.Add(type))
            {
                return null;
            }
        }

        var map = Regions();
        nint* table = *(nint**)target.This;
        string file = FileOf(map, (nint)table, executable: false);
        if (file.Length == 0)
        {
            return $"the {type} has no virtual table in any loaded file";
        }

        foreach (Member member in Enum.GetValues<Member>().Where(m => m.ToString().StartsWith(type + "_", StringComparison.Ordinal) && family.Has(m)))
        {
            nint function = table[family.Slot(member)];
            if (FileOf(map, function, executable: true) != file)
            {
                return $"slot {family.Slot(member)} ({member}) holds {function:x}, which is no code of {file}";
            }
        }

        return null;
    }

    private static string FileOf(List<Region> map, nint address, bool executable) =>
        map.FirstOrDefault(r => r.Start <= address && address < r.End && (r.IsExecutable || !executable)).File ?? "";

    /// <summary>The mapped files of this process; see proc_pid_maps(5).</summary>
    private static List<Region> Regions()
    {
        List<Region> regions = [];
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] words = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words is [var range, var rights, _, _, _, ['/', ..] file])
            {
                string[] ends = range.Split('-');
                regions.Add(new Region(Hex(ends[0]), Hex(ends[1]), rights.Contains('x'), file));
            }
        }

        return regions;
    }

    private static nint Hex(string digits) => (nint)ulong.Parse(digits, NumberStyles.HexNumber);

    private readonly record struct Region(nint Start, nint End, bool IsExecutable, string File);
}
