
namespace GraphPartition.Onnx.Reading;

/// <summary>The text for a node in messages, before the node is imported.</summary>
internal static class NodeLabel
{
    public static string Of(ReadOnlyMemory<byte> node)
    {
        string name = "", output = "", type = "", domain = "";
        var reader = new WireReader(node);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.NodeProto.NameFieldNumber: name = reader.Text(); break;
                case Proto.NodeProto.OpTypeFieldNumber: type = reader.Text(); break;
                case Proto.NodeProto.DomainFieldNumber: domain = OnnxVersions.Domain(reader.Text()); break;
                case Proto.NodeProto.OutputFieldNumber when output.Length == 0: output = reader.Text(); break;
                default: reader.Skip(); break;
            }
        string op = domain.Length == 0 ? type : $"{domain}::{type}";
        return $"{op} '{(name.Length > 0 ? name : output)}'";
    }
}
