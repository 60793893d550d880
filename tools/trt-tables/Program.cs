using GraphPartition.TrtTables;

// trt-tables FACTS REPOSITORY: rewrites the generated files of the TensorRT binding and of its mock libraries.
if (args is not [var factsFolder, var repository])
{
    Console.Error.WriteLine("usage: trt-tables <folder with trt_vtables.json and trt_enums.json> <repository root>");
    return 2;
}

Facts facts = new(factsFolder);
MemberList list = new(Path.Combine(repository, "tools/trt-tables/members.txt"));
string abi = Path.Combine(repository, "runtime/TensorRt/Abi");
Save(Path.Combine(abi, "AbiTables.g.cs"), new SlotTableWriter(facts, list).Write());
Save(Path.Combine(abi, "Calls.g.cs"), new CallsWriter(facts, list).Write());
foreach (string release in AbiLayout.Mocked)
{
    string header = $"tests/GraphPartition.TensorRt.Tests/Mock/Layouts/{AbiLayout.Identifier(release)}.h";
    Save(Path.Combine(repository, header), new MockLayoutWriter(facts, list, release).Write());
}

return 0;

static void Save(string path, string text)
{
    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
    File.WriteAllText(path, text);
    Console.WriteLine(path);
}
