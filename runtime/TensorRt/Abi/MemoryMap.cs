using System.Globalization;

namespace GraphPartition.TensorRt.Abi;

/// <summary>The readable memory of this process at one moment; see proc_pid_maps(5).</summary>
internal sealed class MemoryMap
{
    private readonly List<Region> _regions = [];

    public MemoryMap()
    {
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] words = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words is [var range, ['r', ..] rights, _, _, _, ..])
            {
                string[] ends = range.Split('-');
                string file = words.Length > 5 && words[5].StartsWith('/') ? words[5] : "";
                _regions.Add(new Region(Hex(ends[0]), Hex(ends[1]), rights.Contains('x'), file));
            }
        }
    }

    /// <summary>Whether a pointer can be read from the address.</summary>
    public bool IsPointerTo(nint address) => address % sizeof(long) == 0 && Find(address) is not null;

    /// <summary>The file that is mapped at the address; empty if there is none.</summary>
    public string FileAt(nint address) => Find(address)?.File ?? "";

    /// <summary>Whether the address holds code of a file in the folder.</summary>
    public bool IsCodeOf(string? folder, nint address) =>
        Find(address) is { IsExecutable: true, File.Length: > 0 } region && Path.GetDirectoryName(region.File) == folder;

    private Region? Find(nint address) => _regions.Find(r => r.Start <= (ulong)address && (ulong)address < r.End);

    private static ulong Hex(string digits) => ulong.Parse(digits, NumberStyles.HexNumber);

    private sealed record Region(ulong Start, ulong End, bool IsExecutable, string File);
}
