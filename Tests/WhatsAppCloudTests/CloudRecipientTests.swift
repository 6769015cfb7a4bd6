import Testing
import WhatsAppCloud

@Suite struct CloudRecipientTests {
    @Test(arguments: ["2348030001122", "+2348030001122"])
    func `digits are a phone, written without a plus`(chat: String) {
        #expect(CloudRequest.Recipient(chat: chat) == .person(CloudPerson(phone: "2348030001122")))
    }

    @Test func `a country and a dot begin a business-scoped id`() {
        let id = "NG.10000000000000000001"
        #expect(CloudRequest.Recipient(chat: id) == .person(CloudPerson(userID: id)))
    }

    @Test(arguments: ["120363043211234567", "Y2FwaV9ncm91cDox", "NGX.1", "ng.1", "1234", "12-34567"])
    func `anything else is a group`(chat: String) {
        #expect(CloudRequest.Recipient(chat: chat) == .group(chat))
    }
}
