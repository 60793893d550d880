namespace GraphPartition.TensorRt.Abi;

/// <summary>
/// How to call one release of TensorRT: the slots of its virtual tables, the values of its enumerations, the form of its Dims.
/// Releases with one column in the tables share all of these; a later release only adds members.
/// </summary>
internal sealed class AbiLayout
{
    private readonly NumberTable _slots;
    private readonly NumberTable _constants;
    private readonly Dictionary<string, string[]> _callbacks;

    private AbiLayout(TensorRtRelease release, int column)
    {
        _slots = new NumberTable(AbiTables.Slots, column, release);
        _constants = new NumberTable(AbiTables.Constants, column, release);
        _callbacks = AbiTables.Callbacks.Split('\n').Select(NumberTable.Cells)
            .ToDictionary(cells => cells[0], cells => cells[column + 1] == "-" ? [] : cells[column + 1].Split(','));
        Release = release;
        NarrowDims = column == 0;
        StrongTypesOnly = column is not (0 or 1);
        MarksCallbacksVersioned = column != 0;
    }

    public TensorRtRelease Release { get; }

    /// <summary>8.x: 32-bit sizes, and Dims passed by value.</summary>
    public bool NarrowDims { get; }

    /// <summary>
    /// 11.x and TensorRT-RTX: the types in the network decide the precision. Builder flags for precision do not exist or have no effect.
    /// </summary>
    public bool StrongTypesOnly { get; }

    /// <summary>From 10.0 on interfaces that users implement live in the inline namespace v_1_0.</summary>
    public bool MarksCallbacksVersioned { get; }

    public bool Has(Member member) => _slots[(int)member] is not null;

    /// <summary>The slot of a member. Callers check <see cref="Has(Member)"/> first where a release may lack it.</summary>
    public int Slot(Member member) => _slots[(int)member] ?? throw new NotSupportedException($"{Release} has no {member}");

    public bool Has(Constant constant) => _constants[(int)constant] is not null;

    public int Value(Constant constant) => _constants[(int)constant] ?? throw new NotSupportedException($"{Release} has no {constant}");

    /// <summary>The names of an interface's virtual members in slot order; empty if the release does not have the interface.</summary>
    public string[] CallbackOrder(string name) => _callbacks[name];

    /// <summary>The layout of a release; null, with the reason, if its tables are unknown or unreliable.</summary>
    public static AbiLayout? Of(TensorRtRelease release, out string reason)
    {
        reason = Refusal(release) ?? "";
        return reason.Length > 0 ? null : new AbiLayout(release, Column(release));
    }

    /// <summary>Whether the release is newer than the headers that the tables come from. <see cref="SelfCheck"/> then decides.</summary>
    public static bool IsNewerThanTables(TensorRtRelease release) =>
        !release.IsRtx && !NewestHeaders(release).IsAtLeast(release.WithoutPatch);

    /// <summary>The newest release of the same product and major number whose headers were read.</summary>
    private static TensorRtRelease NewestHeaders(TensorRtRelease release) => KnownRelease.All.LastOrDefault(
        k => k.HasHeaders && k.Release.IsRtx == release.IsRtx && k.Release.Major == release.Major)?.Release ?? release.WithoutPatch;

    private static int Column(TensorRtRelease release) => release switch
    {
        { IsRtx: true, Minor: < 5 } => 3,
        { IsRtx: true } => 4,
        { Major: 8 } => 0,
        { Major: 10 } => 1,
        _ => 2,
    };

    private static string? Refusal(TensorRtRelease release) => release switch
    {
        { IsRtx: true, Major: 1, Minor: >= 3 } when NewestHeaders(release).IsAtLeast(release.WithoutPatch) => null,
        { IsRtx: true } => "its virtual tables are unknown. TensorRT-RTX renumbers them between minor releases; "
            + $"1.3 to {NewestHeaders(new(1, 3, IsRtx: true)).Numbers} are known",
        { Major: < 8 } or { Major: 8, Minor: < 5 } => "it is older than 8.5, the first release that binds tensors by name",
        { Major: 8, Minor: 6, Patch: 0 } => "8.6.0 has another order of the parser's virtual table than every other 8.x. Install 8.6.1",
        { Major: 8, Minor: <= 6 } => null,
        { Major: 9 } => "9.x changes its virtual tables between minor releases",
        { Major: 10, Minor: 8, Patch: 0 } => "10.8.0 has a member inside the network's virtual table that no other has; install 10.9",
        { Major: 10 or 11 } => null,
        _ => "its virtual tables are unknown",
    };
}

/// <summary>
/// One column of a table in <see cref="AbiTables"/>, without what a release lacks. Row i belongs to member i of the enumeration.
/// </summary>
internal sealed class NumberTable
{
    private readonly int[] _numbers;

    /// <param name="text">The table: each line holds a name and one cell per column.</param>
    /// <param name="column">The column, from 0.</param>
    /// <param name="release">The loaded release. A cell "58@10.3.0" is absent before 10.3.0.</param>
    public NumberTable(string text, int column, TensorRtRelease release) =>
        _numbers = [.. text.Split('\n').Select(line => Number(Cells(line)[column + 1], release))];

    /// <summary>A row's cells, the name first.</summary>
    public static string[] Cells(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The number in row <paramref name="row"/>, or null where the release does not have it.</summary>
    public int? this[int row] => _numbers[row] is >= 0 and var number ? number : null;

    private static int Number(string cell, TensorRtRelease release)
    {
        string[] parts = cell.Split('@');
        bool absent = parts[0] == "-" || (parts is [_, var since] && !IsSince(release, Version.Parse(since)));
        return absent ? -1 : int.Parse(parts[0]);
    }

    private static bool IsSince(TensorRtRelease release, Version since) =>
        release.IsAtLeast(new(since.Major, since.Minor, since.Build, release.IsRtx));
}
