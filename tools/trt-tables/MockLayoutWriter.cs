using System.Text;

namespace GraphPartition.TrtTables;

/// <summary>
/// Writes the classes of one release as C++ that a compiler lays out by its own rules: every virtual member in the headers'
/// order, those that are used with the headers' declaration. The mock libraries derive from these classes with <c>override</c>,
/// so a slot or a signature that is wrong in the binding's tables meets the wrong function, or none.
/// </summary>
internal sealed class MockLayoutWriter(Facts facts, MemberList list, string release)
{
    private const int Width = 118;

    public string Write()
    {
        StringBuilder text = new();
        text.Append($"// Written by tools/trt-tables: the virtual tables of release {release} as far as the mock library needs them.\n");
        text.Append("#pragma once\n");
        text.Append($"#define MOCK_VERSION {Version()}\n#define MOCK_RTX {(release.StartsWith("RTX", StringComparison.Ordinal) ? 1 : 0)}\n");
        text.Append("#include \"../types.h\"\n");
        foreach ((string type, List<string> members) in list.Enums)
        {
            Enum(text, type, members);
        }

        foreach (string callback in list.Callbacks)
        {
            text.Append(facts.CallbackTable(release, callback) is null ? $"#define NO_{callback} 1\n" : "");
            Class(text, "nvinfer1", callback, facts.CallbackTable(release, callback), _ => true);
        }

        foreach ((string type, List<string> members) in list.Classes)
        {
            string name = MemberList.Short(type);
            string space = type.StartsWith("apiv::", StringComparison.Ordinal) ? "nvinfer1::apiv"
                : type.Contains("::", StringComparison.Ordinal) ? "nvonnxparser" : "nvinfer1";
            SlotFact[]? table = facts.Table(release, type);
            foreach (string member in members.Where(m => table?.Any(s => s.Name == m) != true))
            {
                text.Append($"#define NO_{name}_{member.Replace("~", "")} 1\n");
            }

            Class(text, space, name, table, members.Contains);
        }

        return text.ToString();
    }

    private int Version()
    {
        int[] parts = [.. AbiLayout.Number(release).Split('.').Select(int.Parse)];
        return parts[0] * (parts[0] is 8 or 9 ? 1000 : 10000) + parts[1] * 100 + parts[2];
    }

    private void Enum(StringBuilder text, string name, List<string> members)
    {
        Dictionary<string, int> values = facts.Enum(release, name) ?? [];
        var present = members.Where(values.ContainsKey).ToList();
        text.Append($"namespace nvinfer1 {{ enum class {name} : int32_t {{ ");
        text.Append(string.Join(", ", present.Select(m => $"{m} = {values[m]}"))).Append(" }; }\n");
        foreach (string member in members.Except(present))
        {
            text.Append($"#define NO_{name}_{member} 1\n");
        }
    }

    private static void Class(StringBuilder text, string space, string name, SlotFact[]? table, Func<string, bool> used)
    {
        if (table is null)
        {
            return;
        }

        text.Append($"namespace {space} {{\nclass {name}\n{{\npublic:\n");
        StringBuilder unused = new();
        HashSet<string> seen = [];
        foreach (SlotFact slot in table.OrderBy(s => s.Slot))
        {
            if (slot.Name == "~D0")
            {
                continue; // one destructor in the source fills two slots, D1 and D0
            }

            if (slot.Name == "~D1")
            {
                Flush(text, unused);
                text.Append($"    virtual ~{name}() noexcept = default;\n");
            }
            else if (used(slot.Name) && seen.Add(slot.Name))
            {
                Flush(text, unused);
                string decl = string.Join(' ', slot.Decl!.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
                text.Append($"    virtual {decl} = 0;\n");
            }
            else
            {
                string cell = $"UNUSED({name}, {slot.Slot}) ";
                if (unused.Length + cell.Length > Width)
                {
                    Flush(text, unused);
                }

                unused.Append(unused.Length == 0 ? "    " : "").Append(cell);
            }
        }

        Flush(text, unused);
        text.Append("};\n}\n");
    }

    private static void Flush(StringBuilder text, StringBuilder unused)
    {
        text.Append(unused.Length == 0 ? "" : unused.ToString().TrimEnd() + "\n");
        unused.Clear();
    }
}
