using Google.Protobuf;
using GraphPartition.MindIr.Evaluate;

namespace GraphPartition.MindIr;

/// <summary>
/// Weights beside a model as MindSpore 1.3 to 1.5 wrote them: "net_graph.mindir" holds none, and the folder "net_variables" has
/// files data_0, data_1, ..., each a GraphProto with parameters. Later releases refer to such files tensor by tensor.
/// </summary>
internal sealed class SplitWeights(ImportContext context, string path, bool encrypted)
{
    private const string Suffix = "_graph.mindir";

    /// <summary>Adds the weights to a main graph that has none.</summary>
    public void AddTo(GraphSource main)
    {
        string file = Path.GetFileName(path);
        if (main.Proto.Parameter.Count > 0 || !file.EndsWith(Suffix, StringComparison.Ordinal)) return;
        string folder = file[..^Suffix.Length] + "_variables";
        if (!Directory.Exists(Path.Combine(Path.GetDirectoryName(path)!, folder)))
            return; // then nothing refers to weights, or it is reported
        if (encrypted)
            throw new ImportFault(MindIrCodes.UnsupportedCipher, "the weights beside the model are encrypted too, file by file");
        for (int i = 0; ; i++)
        {
            string location = $"{folder}/data_{i}";
            if (!File.Exists(Path.Combine(Path.GetDirectoryName(path)!, location))) return;
            MappedFile data = context.Weights.Open(location, out string? fault)
                ?? throw new ImportFault(ModelCodes.BadExternalData, fault!);
            main.AddParameters(Parse(data, location).Parameter);
        }
    }

    private static GraphProto Parse(MappedFile data, string location)
    {
        try
        {
            if (data.Length > int.MaxValue) throw new ImportFault(ModelCodes.BadExternalData, $"'{location}' has more than 2 GiB");
            return GraphProto.Parser.WithDiscardUnknownFields(true).ParseFrom(data.Slice(0, (int)data.Length).Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new ImportFault(ModelCodes.BadExternalData, $"'{location}' cannot be parsed: {e.Message}");
        }
    }
}
