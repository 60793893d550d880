namespace GraphPartition.TrtTables;

/// <summary>The members to generate for: members.txt, read.</summary>
internal sealed class MemberList
{
    public List<(string Class, List<string> Members)> Classes { get; } = [];
    public List<string> Callbacks { get; } = [];
    public List<(string Enum, List<string> Members)> Enums { get; } = [];

    public MemberList(string path)
    {
        List<string>? current = null;
        foreach (string line in File.ReadLines(path))
        {
            string[] words = line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case []:
                    break;
                case ["class", var name]:
                    Classes.Add((name, current = []));
                    break;
                case ["enum", var name]:
                    Enums.Add((name, current = []));
                    break;
                case ["callback", var name]:
                    Callbacks.Add(name);
                    current = null;
                    break;
                default:
                    (current ?? throw new InvalidDataException($"'{line}' belongs to no class")).AddRange(words);
                    break;
            }
        }
    }

    /// <summary>"apiv::VBuilder" as "VBuilder".</summary>
    public static string Short(string name) => name[(name.LastIndexOf(':') + 1)..];
}
