/// Words for what shops sell and for what is counted without being sold.
enum GoodsWords {
    /// Food, gifts, clothes, household goods; enough to tell an item from a person.
    static let goods = """
        cake cakes cupcake cupcakes pizza pizzas rice jollof fried stew chicken turkey fish beef goat meat pie pies puff puffs puffpuff
        chops samosa samosas roll rolls sausage sausages bread loaf loaves buns bun doughnut doughnuts donut donuts
        burger burgers shawarma shawarmas sandwich sandwiches salad coleslaw moi moimoi akara beans plantain dodo yam
        eba garri amala fufu semo egusi efo ogbono okro soup soups pepper peppersoup suya asun kilishi snail snails egg eggs
        noodles indomie spaghetti pasta macaroni juice juices zobo kunu chapman water drink drinks coke fanta sprite malt wine
        wines beer smoothie smoothies yoghurt yogurt parfait parfaits icecream ice cream milk milkshake tea coffee
        chocolate chocolates vanilla strawberry velvet cookies cookie biscuit biscuits brownies brownie chin chinchin
        popcorn candle candles balloon balloons flower flowers bouquet bouquets card cards gift gifts hamper hampers
        jar jars frame frames bag bags purse purses shoe shoes sandal sandals slippers sneakers heels dress dresses gown gowns
        shirt shirts tshirt tshirts trouser trousers jeans skirt skirts ankara lace asoebi fabric fabrics wig wigs hair
        lashes perfume perfumes oil oils cream creams soap soaps lotion shampoo powder wristwatch watch watches necklace
        bracelet earrings ring rings chain charger chargers laptop pack packs packet packets carton cartons crate
        crates bottle bottles plate plates bowl bowls tray trays box boxes piece pieces pcs dozen litre litres liter liters bundle
        bundles sachet sachets tin tins cup cups set sets pair pairs bucket buckets basket baskets tub tubs cooler coolers
        wrap wraps portion portions slice slices kg honey tart tarts sundae ofada nkwobi isiewu ewedu catfish tilapia croaker
        prawns shrimps potatoes potato chips fries tomatoes onions fruit fruits mango mangoes pineapple banana bananas apple
        apples orange oranges watermelon coconut groundnut nuts cashew peanut pillow pillows bedsheet bedsheets duvet duvets
        towel towels curtain curtains mug mugs toy toys book books lemon waffle waffles pancake pancakes muffin muffins
        foil platter platters tiramisu cheesecake sharwama chops mosa kebab kebabs gizzard gizdodo spring kuli dambu fura nunu
        voucher vouchers wrapping wrapper wrappers item items material materials food foods lunch dinner breakfast snacks snack dessert desserts
        """

    /// Numbers before these say how long, how far, how old, and no quantity of goods.
    static let measures = """
        day days week weeks month months year years yr yrs hour hours hr hrs minute minutes min mins second seconds sec secs
        time times am pm oclock percent km kilometre kilometres kilometer kilometers metre metres meter meters mile miles
        naira ngn k street road avenue close crescent people persons guests men women children kids stars likes views
        am ago inch inches cm mm ft feet more others missed calls call messages message bedroom bedrooms customers orders order riders rider
        """
}
