using GraphPartition.TensorRt.Library;

namespace GraphPartition.TensorRt.Abi;

/// <summary>
/// How to call one release of TensorRT: the slots of its virtual tables, the values of its enumerations, the form of its Dims.
/// Releases of one family agree in all of these except in what later ones add.
/// </summary>
internal sealed class Family
{
    private readonly NumberTable _slots;
    private readonly NumberTable _constants;
    private readonly Dictionary<string, string[]> _callbacks;

    private Family(TensorRtVersion version, int column)
    {
        Version release = new(version.Major, version.Minor, version.Patch);
        _slots = new NumberTable(AbiTables.Slots, column, release);
        _constants = new NumberTable(AbiTables.Constants, column, release);
        _callbacks = AbiTables.Callbacks.Split('\n').Select(NumberTable.Cells)
            .ToDictionary(cells => cells[0], cells => cells[column + 1] == "-" ? [] : cells[column + 1].Split(','));
        Version = version;
        NarrowDims = column == 0;
        StrongTypesOnly = column is not (0 or 1);
        MarksCallbacksVersioned = column != 0;
    }

    public TensorRtVersion Version { get; }

    /// <summary>8.x: 32-bit sizes, and Dims passed by value.</summary>
    public bool NarrowDims { get; }

    /// <summary>
    /// 11.x and TensorRT-RTX: the network's types say the precision; builder flags for precision are gone or without effect.
    /// </summary>
    public bool StrongTypesOnly { get; }

    /// <summary>From 10.0 on interfaces that users implement live in the inline namespace v_1_0.</summary>
    public bool MarksCallbacksVersioned { get; }

    public bool Has(Member member) => _slots[(int)member] is not null;

    /// <summary>The slot of a member. Callers ask Has first where a release may lack it.</summary>
    public int Slot(Member member) => _slots[(int)member]
        ?? throw new NotSupportedException($"{Version} has no {member}");

    public bool Has(Constant constant) => _constants[(int)constant] is not null;

    public int Value(Constant constant) => _constants[(int)constant]
        ?? throw new NotSupportedException($"{Version} has no {constant}");

    /// <summary>
    /// The names of an interface's virtual members in slot order; empty where the release does not have the interface.
    /// </summary>
    public string[] CallbackOrder(string name) => _callbacks[name];

    /// <summary>The family of a release, or null with the reason why its tables are not known or not to be trusted.</summary>
    public static Family? Of(TensorRtVersion version, out string reason)
    {
        reason = Refusal(version) ?? "";
        return reason.Length > 0 ? null : new Family(version, Column(version));
    }

    /// <summary>
    /// Whether the release is newer than every header that the tables were made from; its own checks then decide.
    /// </summary>
    public static bool IsNewerThanTables(TensorRtVersion version) =>
        version is { IsRtx: false } and ({ Major: 10, Minor: > 16 } or { Major: 11, Minor: > 1 });

    private static int Column(TensorRtVersion version) => version switch
    {
        { IsRtx: true, Minor: < 5 } => 3,
        { IsRtx: true } => 4,
        { Major: 8 } => 0,
        { Major: 10 } => 1,
        _ => 2,
    };

    private static string? Refusal(TensorRtVersion version) => version switch
    {
        { IsRtx: true, Major: 1, Minor: >= 3 and <= 6 } => null,
        { IsRtx: true } => "its virtual tables are not known; TensorRT-RTX renumbers them between minor releases (1.3 to 1.6 are known)",
        { Major: < 8 } or { Major: 8, Minor: < 5 } => "it is older than 8.5, the first release that binds engines by tensor names",
        { Major: 8, Minor: 6, Patch: 0 } => "8.6.0 orders the parser's virtual table unlike every other 8.x; 8.6.1 is fine",
        { Major: 8, Minor: <= 6 } => null,
        { Major: 9 } => "9.x changes its virtual tables from one minor release to the next",
        { Major: 10, Minor: 8, Patch: 0 } => "10.8.0 alone puts a member into the middle of the network's virtual table; 10.9 is fine",
        { Major: 10 or 11 } => null,
        _ => "its virtual tables are not known",
    };
}
