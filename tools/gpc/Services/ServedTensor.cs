using System.Text.Json.Nodes;

namespace GraphPartition.Gpc.Services;

/// <summary>A made-up input of a served model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">Its type, as the protocol names it.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Bytes">Its elements, as the protocol writes them.</param>
internal sealed record ServedTensor(string Name, string Datatype, long[] Shape, byte[] Bytes)
{
    /// <summary>The tensor in the JSON of a request.</summary>
    /// <param name="parameters">Where its bytes are.</param>
    public JsonObject Json(JsonObject parameters) => new()
    {
        ["name"] = Name,
        ["datatype"] = Datatype,
        ["shape"] = new JsonArray([.. Shape.Select(d => (JsonNode)d)]),
        ["parameters"] = parameters,
    };
}
