using System.Text.Json;

namespace GraphPartition.TrtTables;

/// <summary>One entry of a virtual table: its slot, its name ("~D0" for the deleting destructor), its C++ declaration.</summary>
internal sealed record SlotFact(int Slot, string Name, string? Decl);

/// <summary>What the facts say: virtual tables and enumerations, per release.</summary>
internal sealed class Facts
{
    private readonly Dictionary<string, Dictionary<string, SlotFact[]>> _tables;
    private readonly Dictionary<string, Dictionary<string, Dictionary<string, JsonElement>>> _enums;

    public Facts(string folder)
    {
        JsonSerializerOptions options = new() { PropertyNameCaseInsensitive = true };
        _tables = Read<Dictionary<string, Dictionary<string, SlotFact[]>>>(Path.Combine(folder, "trt_vtables.json"), options);
        _enums = Read<Dictionary<string, Dictionary<string, Dictionary<string, JsonElement>>>>(
            Path.Combine(folder, "trt_enums.json"), options);
    }

    /// <summary>The virtual table of a class in a release, or null where that release's headers do not have the class.</summary>
    public SlotFact[]? Table(string release, string name) => _tables[release].GetValueOrDefault(name);

    /// <summary>
    /// The virtual table of an interface that we implement. From 10.0 on it lies in an inline namespace, and the members that it
    /// inherits from IVersionedInterface carry no declaration of their own.
    /// </summary>
    public SlotFact[]? CallbackTable(string release, string name)
    {
        SlotFact[]? table = Table(release, "v_1_0::" + name) ?? Table(release, name);
        SlotFact[] inherited = Table(release, "IVersionedInterface") ?? [];
        return table?.Select(s => s.Decl is null ? s with { Decl = inherited.FirstOrDefault(i => i.Name == s.Name)?.Decl } : s).ToArray();
    }

    /// <summary>
    /// The members of an enumeration in a release, or null where the facts do not list it for that release. Members whose value
    /// the facts give as an expression are left out.
    /// </summary>
    public Dictionary<string, int>? Enum(string release, string name) =>
        _enums.GetValueOrDefault(release)?.GetValueOrDefault(name)?
            .Where(m => m.Value.ValueKind == JsonValueKind.Number)
            .ToDictionary(m => m.Key, m => m.Value.GetInt32());

    private static T Read<T>(string path, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize<T>(File.ReadAllText(path), options) ?? throw new InvalidDataException($"{path} is empty");
}
